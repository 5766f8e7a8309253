ALTER TABLE `credentials` ADD `wallet_id` text;--> statement-breakpoint
CREATE UNIQUE INDEX `credentials_wallet` ON `credentials` (`wallet_id`);