CREATE TABLE `accounts` (
	`subject_id` text PRIMARY KEY NOT NULL,
	`state` text NOT NULL,
	`identity_level` text NOT NULL,
	`activation_id` text,
	`activated_at` integer,
	`registered_at` integer NOT NULL,
	`failures` integer DEFAULT 0 NOT NULL,
	`locked_until` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE `activations` (
	`activation_id` text PRIMARY KEY NOT NULL,
	`subject_id` text,
	`outcome` text NOT NULL,
	`reason` text,
	`kiosk_id` text NOT NULL,
	`centre_id` text NOT NULL,
	`operator_id` text NOT NULL,
	`request_hash` blob NOT NULL,
	`sealed_answer` blob NOT NULL,
	`recorded_at` integer NOT NULL,
	`decided_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `activations_subject` ON `activations` (`subject_id`);--> statement-breakpoint
CREATE TABLE `authenticators` (
	`id` text PRIMARY KEY NOT NULL,
	`subject_id` text NOT NULL,
	`type` text NOT NULL,
	`name` text NOT NULL,
	`state` text NOT NULL,
	`data` text NOT NULL,
	`created_at` integer NOT NULL,
	`last_used_at` integer
);
--> statement-breakpoint
CREATE INDEX `authenticators_subject` ON `authenticators` (`subject_id`,`type`);--> statement-breakpoint
CREATE TABLE `captures` (
	`template_hmac` blob PRIMARY KEY NOT NULL,
	`subject_id` text NOT NULL,
	`activation_id` text NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `consents` (
	`subject_id` text NOT NULL,
	`client_id` text NOT NULL,
	`granted` text NOT NULL,
	`granted_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`withdrawn_at` integer,
	PRIMARY KEY(`subject_id`, `client_id`)
);
--> statement-breakpoint
CREATE TABLE `credentials` (
	`hash` text PRIMARY KEY NOT NULL,
	`subject_id` text NOT NULL,
	`profile` text NOT NULL,
	`status_idx` integer NOT NULL,
	`kid` text NOT NULL,
	`issued_at` integer NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `credentials_subject` ON `credentials` (`subject_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `credentials_status` ON `credentials` (`status_idx`);--> statement-breakpoint
CREATE TABLE `fingers` (
	`subject_id` text NOT NULL,
	`position` integer NOT NULL,
	`sample` integer NOT NULL,
	`extractor` text NOT NULL,
	`quality` integer NOT NULL,
	`sealed_template` blob NOT NULL,
	`enrolled_at` integer NOT NULL,
	PRIMARY KEY(`subject_id`, `position`, `sample`)
);
--> statement-breakpoint
CREATE TABLE `guardianships` (
	`subject_id` text NOT NULL,
	`guardian_number_hmac` blob NOT NULL,
	`guardian_bucket` integer NOT NULL,
	`relation` text NOT NULL,
	PRIMARY KEY(`subject_id`, `guardian_number_hmac`)
);
--> statement-breakpoint
CREATE TABLE `people` (
	`subject_id` text PRIMARY KEY NOT NULL,
	`bucket` integer NOT NULL,
	`number_hmac` blob NOT NULL,
	`sealed_key` blob NOT NULL,
	`sealed_record` blob NOT NULL,
	`sealed_face` blob,
	`record_version` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `people_number` ON `people` (`number_hmac`);--> statement-breakpoint
CREATE TABLE `journal` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`event` text NOT NULL,
	`actor` text NOT NULL,
	`subject_id` text,
	`object` text,
	`detail` text,
	`handed_on` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE INDEX `journal_handed_on` ON `journal` (`handed_on`,`seq`);--> statement-breakpoint
CREATE INDEX `journal_subject` ON `journal` (`subject_id`);--> statement-breakpoint
CREATE TABLE `usernames` (
	`username_hmac` blob PRIMARY KEY NOT NULL,
	`subject_id` text NOT NULL,
	`claimed_at` integer NOT NULL
);
