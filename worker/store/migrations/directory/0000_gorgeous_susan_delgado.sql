CREATE TABLE `admin_tokens` (
	`token_hash` blob PRIMARY KEY NOT NULL,
	`id` text NOT NULL,
	`name` text NOT NULL,
	`scopes` text NOT NULL,
	`expires_at` integer NOT NULL,
	`revoked_at` integer,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `centres` (
	`id` text PRIMARY KEY NOT NULL,
	`name_ar` text NOT NULL,
	`name_en` text NOT NULL,
	`type` text NOT NULL,
	`state` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `clients` (
	`client_id` text PRIMARY KEY NOT NULL,
	`metadata` text NOT NULL,
	`secret_hash` blob,
	`state` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `journal` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`event` text NOT NULL,
	`actor` text NOT NULL,
	`subject_id` text,
	`object` text,
	`detail` text,
	`handed_on` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE INDEX `journal_handed_on` ON `journal` (`handed_on`,`seq`);--> statement-breakpoint
CREATE TABLE `epochs` (
	`name` text PRIMARY KEY NOT NULL,
	`value` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `keys` (
	`kid` text PRIMARY KEY NOT NULL,
	`purpose` text NOT NULL,
	`alg` text NOT NULL,
	`public_key` blob NOT NULL,
	`sealed_private` blob NOT NULL,
	`state` text NOT NULL,
	`usable_from` integer NOT NULL,
	`sign_until` integer NOT NULL,
	`accept_until` integer NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `keys_purpose` ON `keys` (`purpose`,`state`);--> statement-breakpoint
CREATE TABLE `kiosk_nonces` (
	`kiosk_id` text NOT NULL,
	`nonce` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`kiosk_id`, `nonce`)
);
--> statement-breakpoint
CREATE INDEX `kiosk_nonces_created` ON `kiosk_nonces` (`created_at`);--> statement-breakpoint
CREATE TABLE `kiosks` (
	`id` text PRIMARY KEY NOT NULL,
	`centre_id` text NOT NULL,
	`name` text NOT NULL,
	`state` text NOT NULL,
	`invite_hash` blob,
	`invite_expires_at` integer,
	`public_key` blob,
	`enrolled_at` integer,
	`last_seen_at` integer,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `kiosks_invite` ON `kiosks` (`invite_hash`);--> statement-breakpoint
CREATE UNIQUE INDEX `kiosks_public_key` ON `kiosks` (`public_key`);--> statement-breakpoint
CREATE TABLE `operator_sessions` (
	`token_hash` blob PRIMARY KEY NOT NULL,
	`id` text NOT NULL,
	`operator_id` text NOT NULL,
	`kiosk_id` text NOT NULL,
	`centre_id` text NOT NULL,
	`started_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`ended_at` integer
);
--> statement-breakpoint
CREATE TABLE `operators` (
	`id` text PRIMARY KEY NOT NULL,
	`username` text NOT NULL,
	`name_ar` text NOT NULL,
	`name_en` text NOT NULL,
	`role` text NOT NULL,
	`centre_id` text NOT NULL,
	`password_hash` text NOT NULL,
	`state` text NOT NULL,
	`failures` integer DEFAULT 0 NOT NULL,
	`locked_until` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `operators_username` ON `operators` (`username`);--> statement-breakpoint
CREATE TABLE `publications` (
	`kind` text NOT NULL,
	`version` integer NOT NULL,
	`hash` blob NOT NULL,
	`file` text NOT NULL,
	`published_at` integer NOT NULL,
	PRIMARY KEY(`kind`, `version`)
);
--> statement-breakpoint
CREATE TABLE `status_entries` (
	`idx` integer PRIMARY KEY NOT NULL,
	`bucket` integer NOT NULL,
	`status` integer DEFAULT 0 NOT NULL,
	`reason` text,
	`changed_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `status_entries_changed` ON `status_entries` (`changed_at`);--> statement-breakpoint
CREATE INDEX `status_entries_status` ON `status_entries` (`status`);--> statement-breakpoint
CREATE TABLE `verifiers` (
	`id` text PRIMARY KEY NOT NULL,
	`name_ar` text NOT NULL,
	`name_en` text NOT NULL,
	`key_hash` blob NOT NULL,
	`policy` text NOT NULL,
	`state` text NOT NULL,
	`created_at` integer NOT NULL
);
