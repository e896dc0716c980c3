CREATE TABLE `credentials` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` integer NOT NULL,
	`kind` text NOT NULL,
	`public_key` text,
	`counter` integer DEFAULT 0 NOT NULL,
	`is_backup_eligible` integer DEFAULT false NOT NULL,
	`is_backed_up` integer DEFAULT false NOT NULL,
	`transports` text,
	`rp_id` text,
	`name` text,
	`user_agent` text,
	`created_at` real NOT NULL,
	`last_used_at` real
);
--> statement-breakpoint
CREATE INDEX `credentials_by_user` ON `credentials` (`user_id`,`kind`);--> statement-breakpoint
CREATE INDEX `credentials_by_rp_id` ON `credentials` (`rp_id`) WHERE kind = 'passkey';--> statement-breakpoint
CREATE TABLE `mail_counts` (
	`bucket` text PRIMARY KEY NOT NULL,
	`count` integer NOT NULL,
	`expires_at` real NOT NULL
);
--> statement-breakpoint
CREATE TABLE `mails` (
	`id` text PRIMARY KEY NOT NULL,
	`sealed` text NOT NULL,
	`purpose` text NOT NULL,
	`user_id` integer,
	`tries` integer DEFAULT 0 NOT NULL,
	`created_at` real NOT NULL,
	`due_at` real NOT NULL
);
--> statement-breakpoint
CREATE INDEX `mails_by_due` ON `mails` (`due_at`);--> statement-breakpoint
CREATE INDEX `mails_by_user` ON `mails` (`user_id`) WHERE user_id IS NOT NULL;--> statement-breakpoint
ALTER TABLE `device_codes` ADD `acr` text;--> statement-breakpoint
ALTER TABLE `grants` ADD `acr` text;--> statement-breakpoint
ALTER TABLE `mail_actions` ADD `address` text;--> statement-breakpoint
ALTER TABLE `mail_actions` ADD `folded_address` text;--> statement-breakpoint
ALTER TABLE `mail_actions` ADD `code_digest` text;--> statement-breakpoint
ALTER TABLE `mail_actions` ADD `browser_digest` text;--> statement-breakpoint
ALTER TABLE `mail_actions` ADD `tries` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `mail_actions` ADD `sealed` text;--> statement-breakpoint
CREATE UNIQUE INDEX `mail_actions_by_address` ON `mail_actions` (`folded_address`,`purpose`) WHERE folded_address IS NOT NULL;--> statement-breakpoint
ALTER TABLE `sessions` ADD `second_factor_at` real;--> statement-breakpoint
ALTER TABLE `sessions` ADD `place` text;--> statement-breakpoint
ALTER TABLE `users` ADD `totp_last_step` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `users` ADD `remembered_not_before` real DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `users` ADD `user_handle` text;--> statement-breakpoint
ALTER TABLE `users` ADD `passkey_declined_at` real;--> statement-breakpoint
ALTER TABLE `users` ADD `locale` text;--> statement-breakpoint
ALTER TABLE `users` ADD `terms_version` text;--> statement-breakpoint
ALTER TABLE `users` ADD `terms_accepted_at` real;--> statement-breakpoint
ALTER TABLE `users` ADD `delete_at` real;--> statement-breakpoint
CREATE UNIQUE INDEX `users_by_handle` ON `users` (`user_handle`) WHERE user_handle IS NOT NULL;--> statement-breakpoint
CREATE INDEX `users_by_delete_at` ON `users` (`delete_at`) WHERE delete_at IS NOT NULL;