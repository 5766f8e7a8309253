ALTER TABLE `credentials` ADD `former_wallet_id` text;--> statement-breakpoint
ALTER TABLE `credentials` ADD `holder_kid` text;--> statement-breakpoint
CREATE INDEX `credentials_former_wallet` ON `credentials` (`former_wallet_id`) WHERE former_wallet_id IS NOT NULL;