CREATE INDEX `credentials_expires` ON `credentials` (`expires_at`);--> statement-breakpoint
CREATE INDEX `journal_event` ON `journal` (`event`);