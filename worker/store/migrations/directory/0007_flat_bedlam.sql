CREATE TABLE `list_forks` (
	`fork_id` text NOT NULL,
	`kiosk_id` text NOT NULL,
	`list` text NOT NULL,
	`version` integer NOT NULL,
	`seen_hash` blob NOT NULL,
	`file_hash` blob NOT NULL,
	`held_version` integer NOT NULL,
	`held_hash` blob NOT NULL,
	`header` blob NOT NULL,
	`seen_at` integer NOT NULL,
	`reported_at` integer NOT NULL,
	PRIMARY KEY(`fork_id`, `kiosk_id`)
);
--> statement-breakpoint
CREATE INDEX `list_forks_kiosk` ON `list_forks` (`kiosk_id`);