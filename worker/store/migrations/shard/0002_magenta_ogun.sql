CREATE TABLE `showings` (
	`subject_id` text NOT NULL,
	`at` integer NOT NULL,
	`verifier_id` text NOT NULL,
	`credential` text NOT NULL,
	`context` text NOT NULL,
	`outcome` text NOT NULL,
	`profile` text NOT NULL,
	PRIMARY KEY(`subject_id`, `at`, `verifier_id`, `credential`)
);
--> statement-breakpoint
CREATE INDEX `showings_at` ON `showings` (`at`);