CREATE TABLE `admin_tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`digest` text NOT NULL,
	`name` text NOT NULL,
	`scope` text NOT NULL,
	`created_at` real NOT NULL,
	`expires_at` real NOT NULL,
	`last_used_at` real
);
--> statement-breakpoint
CREATE INDEX `admin_tokens_by_expiry` ON `admin_tokens` (`expires_at`);--> statement-breakpoint
DROP INDEX `audit_events_repeatable`;--> statement-breakpoint
ALTER TABLE `audit_events` ADD `actor` text;--> statement-breakpoint
ALTER TABLE `audit_events` ADD `address` text;--> statement-breakpoint
ALTER TABLE `audit_events` ADD `user_agent` text;--> statement-breakpoint
ALTER TABLE `audit_events` ADD `outcome` text DEFAULT 'ok' NOT NULL;--> statement-breakpoint
ALTER TABLE `audit_events` ADD `session_id` text;--> statement-breakpoint
ALTER TABLE `audit_events` ADD `occurrences` integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE `audit_events` ADD `merge_key` text;--> statement-breakpoint
CREATE INDEX `audit_events_by_user` ON `audit_events` (`user_id`,`id`) WHERE user_id IS NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `audit_events_by_merge_key` ON `audit_events` (`merge_key`) WHERE merge_key IS NOT NULL;--> statement-breakpoint
CREATE INDEX `clients_by_origin` ON `clients` (`origin`,`id`);--> statement-breakpoint
CREATE INDEX `clients_by_name` ON `clients` (lower(json_extract(metadata, '$.client_name')),`id`);--> statement-breakpoint
CREATE INDEX `users_by_created` ON `users` (`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `users_by_role` ON `users` (`role`,`id`) WHERE role IS NOT NULL;--> statement-breakpoint
CREATE INDEX `users_disabled` ON `users` (`id`) WHERE disabled_at IS NOT NULL;