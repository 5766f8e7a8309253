CREATE TABLE `document_photos` (
	`activation_id` text PRIMARY KEY NOT NULL,
	`subject_id` text NOT NULL,
	`file` text NOT NULL,
	`keep_until` integer NOT NULL
);
