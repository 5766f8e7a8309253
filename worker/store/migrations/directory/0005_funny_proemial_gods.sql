CREATE TABLE `revoked_tokens` (
	`jti` text PRIMARY KEY NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `verifiers` ADD `client_id` text;--> statement-breakpoint
CREATE UNIQUE INDEX `verifiers_client_id_unique` ON `verifiers` (`client_id`);