ALTER TABLE `status_entries` ADD `free_at` integer;--> statement-breakpoint
CREATE INDEX `status_entries_free` ON `status_entries` (`free_at`) WHERE free_at IS NOT NULL;