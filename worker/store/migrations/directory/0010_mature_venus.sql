CREATE TABLE `status_spaces` (
	`space` text PRIMARY KEY NOT NULL,
	`chunks` integer NOT NULL,
	`open` integer NOT NULL,
	`alarmed_at` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
INSERT INTO `status_spaces` (`space`, `chunks`, `open`) SELECT 'national', 32, 32 WHERE EXISTS (SELECT 1 FROM `status_entries`);
