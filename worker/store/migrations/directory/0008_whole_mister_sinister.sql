CREATE TABLE `journal_trail` (
	`one` integer PRIMARY KEY NOT NULL,
	`revision` integer NOT NULL,
	`followed_segments` integer NOT NULL,
	`followed_seq` integer NOT NULL,
	`followed_hash` blob NOT NULL,
	`proved_seq` integer NOT NULL,
	`proved_at` integer NOT NULL,
	`removed_segments` integer NOT NULL,
	`removed_seq` integer NOT NULL,
	`removed_hash` blob NOT NULL,
	`removed_upto` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `journal_event` ON `journal` (`event`);