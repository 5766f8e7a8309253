CREATE TABLE `activation_requests` (
	`activation_id` text PRIMARY KEY NOT NULL,
	`kiosk_id` text NOT NULL,
	`request_hash` blob NOT NULL,
	`received_at` integer NOT NULL
);
