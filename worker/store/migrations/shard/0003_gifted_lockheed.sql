CREATE TABLE `notifications` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`subject_id` text NOT NULL,
	`at` integer NOT NULL,
	`kind` text NOT NULL,
	`detail` text,
	`seen_at` integer,
	`handed_on` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE INDEX `notifications_subject` ON `notifications` (`subject_id`,`seq`);--> statement-breakpoint
CREATE INDEX `notifications_handed_on` ON `notifications` (`handed_on`,`seq`);