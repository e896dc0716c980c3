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
-- AUTOINCREMENT would write a row of sqlite_sequence for every event.
CREATE TABLE `__new_audit_events` (
	`id` integer PRIMARY KEY NOT NULL,
	`at` real NOT NULL,
	`kind` text NOT NULL,
	`user_id` integer,
	`client_id` text,
	`request_id` text NOT NULL,
	`detail` text DEFAULT '{}' NOT NULL,
	`actor` text,
	`address` text,
	`user_agent` text,
	`outcome` text DEFAULT 'ok' NOT NULL,
	`session_id` text,
	`occurrences` integer DEFAULT 1 NOT NULL,
	`merge_key` text
);
--> statement-breakpoint
INSERT INTO `__new_audit_events`("id", "at", "kind", "user_id", "client_id", "request_id", "detail") SELECT "id", "at", "kind", "user_id", "client_id", "request_id", "detail" FROM `audit_events`;--> statement-breakpoint
DROP TABLE `audit_events`;--> statement-breakpoint
ALTER TABLE `__new_audit_events` RENAME TO `audit_events`;--> statement-breakpoint
CREATE INDEX `audit_events_by_user` ON `audit_events` (`user_id`,`id`) WHERE user_id IS NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `audit_events_by_merge_key` ON `audit_events` (`merge_key`) WHERE merge_key IS NOT NULL;--> statement-breakpoint
CREATE INDEX `clients_by_origin` ON `clients` (`origin`,`id`);--> statement-breakpoint
CREATE INDEX `clients_by_name` ON `clients` (lower(json_extract(metadata, '$.client_name')),`id`);--> statement-breakpoint
CREATE INDEX `users_by_created` ON `users` (`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `users_by_role` ON `users` (`role`,`id`) WHERE role IS NOT NULL;--> statement-breakpoint
CREATE INDEX `users_disabled` ON `users` (`id`) WHERE disabled_at IS NOT NULL;