CREATE TABLE `operator_captures` (
	`template_hmac` blob PRIMARY KEY NOT NULL,
	`operator_id` text NOT NULL,
	`used_for` text NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `operator_captures_at` ON `operator_captures` (`at`);--> statement-breakpoint
CREATE TABLE `operator_fingers` (
	`operator_id` text NOT NULL,
	`position` integer NOT NULL,
	`sample` integer NOT NULL,
	`extractor` text NOT NULL,
	`quality` integer NOT NULL,
	`sealed_template` blob NOT NULL,
	`enrolled_at` integer NOT NULL,
	PRIMARY KEY(`operator_id`, `position`, `sample`)
);
--> statement-breakpoint
ALTER TABLE `operators` ADD `finger_code_hash` blob;--> statement-breakpoint
ALTER TABLE `operators` ADD `finger_code_expires_at` integer;