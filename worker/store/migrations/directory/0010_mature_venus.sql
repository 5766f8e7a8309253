CREATE TABLE `status_spaces` (
	`space` text PRIMARY KEY NOT NULL,
	`chunks` integer NOT NULL,
	`open` integer NOT NULL,
	`alarmed_at` integer DEFAULT 0 NOT NULL
);
