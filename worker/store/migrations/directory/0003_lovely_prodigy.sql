CREATE TABLE `appointments` (
	`id` text PRIMARY KEY NOT NULL,
	`centre_id` text NOT NULL,
	`starts_at` integer NOT NULL,
	`seat` integer,
	`subject_id` text NOT NULL,
	`person_hmac` blob NOT NULL,
	`open_for` blob,
	`state` text NOT NULL,
	`arrived_at` integer,
	`booked_at` integer NOT NULL,
	`changed_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `appointments_seat` ON `appointments` (`centre_id`,`starts_at`,`seat`);--> statement-breakpoint
CREATE UNIQUE INDEX `appointments_open` ON `appointments` (`open_for`);--> statement-breakpoint
CREATE INDEX `appointments_person` ON `appointments` (`person_hmac`,`starts_at`);--> statement-breakpoint
CREATE INDEX `appointments_state` ON `appointments` (`state`,`starts_at`);--> statement-breakpoint
CREATE TABLE `centre_closures` (
	`centre_id` text NOT NULL,
	`date` text NOT NULL,
	PRIMARY KEY(`centre_id`, `date`)
);
--> statement-breakpoint
CREATE TABLE `centre_hours` (
	`centre_id` text NOT NULL,
	`weekday` integer NOT NULL,
	`opens_at` integer NOT NULL,
	`closes_at` integer NOT NULL,
	`slot_minutes` integer NOT NULL,
	`seats` integer NOT NULL,
	PRIMARY KEY(`centre_id`, `weekday`, `opens_at`)
);
--> statement-breakpoint
CREATE TABLE `kiosk_failures` (
	`activation_id` text PRIMARY KEY NOT NULL,
	`kiosk_id` text NOT NULL,
	`person_hmac` blob NOT NULL,
	`reason` text NOT NULL,
	`sealed_capture` blob,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `kiosk_failures_kiosk` ON `kiosk_failures` (`kiosk_id`,`at`);--> statement-breakpoint
ALTER TABLE `kiosks` ADD `released_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `operators` ADD `person_hmac` blob;