CREATE TABLE `credential_orders` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`subject_id` text NOT NULL,
	`status_idx` integer NOT NULL,
	`becomes` text NOT NULL,
	`reason` text NOT NULL,
	`actor` text NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `credential_orders_subject` ON `credential_orders` (`subject_id`);