CREATE TABLE `import_chunks` (
	`id` text PRIMARY KEY NOT NULL,
	`digest` text NOT NULL,
	`answer` text NOT NULL,
	`created_at` real NOT NULL
);
--> statement-breakpoint
CREATE INDEX `import_chunks_by_creation` ON `import_chunks` (`created_at`);--> statement-breakpoint
-- WITHOUT ROWID: the key is the table.
CREATE TABLE `import_claims` (
	`id` text PRIMARY KEY NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `imports` (
	`id` text PRIMARY KEY NOT NULL,
	`source` text NOT NULL,
	`source_id` text NOT NULL,
	`on_existing` text NOT NULL,
	`dry_run` integer NOT NULL,
	`keep_sub` integer NOT NULL,
	`match_email` integer NOT NULL,
	`match_username` integer NOT NULL,
	`admin_roles` integer NOT NULL,
	`ask_url` text,
	`sealed_ask_key` text,
	`created` integer DEFAULT 0 NOT NULL,
	`updated` integer DEFAULT 0 NOT NULL,
	`skipped` integer DEFAULT 0 NOT NULL,
	`failed` integer DEFAULT 0 NOT NULL,
	`reset` integer DEFAULT 0 NOT NULL,
	`links` integer DEFAULT 0 NOT NULL,
	`totp` integer DEFAULT 0 NOT NULL,
	`started_at` real NOT NULL,
	`finished_at` real,
	`undone_at` real
);
--> statement-breakpoint
CREATE TABLE `mail_actions` (
	`digest` text PRIMARY KEY NOT NULL,
	`purpose` text NOT NULL,
	`user_id` integer,
	`created_at` real NOT NULL,
	`expires_at` real NOT NULL,
	`used_at` real,
	`operation` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `mail_actions_by_user` ON `mail_actions` (`user_id`,`purpose`);--> statement-breakpoint
CREATE INDEX `mail_actions_by_expiry` ON `mail_actions` (`expires_at`);--> statement-breakpoint
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
CREATE TABLE `counted_events` (
	`id` integer PRIMARY KEY NOT NULL,
	`last_id` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `daily_counts` (
	`day` integer NOT NULL,
	`kind` text NOT NULL,
	`count` integer NOT NULL,
	PRIMARY KEY(`day`, `kind`)
);
--> statement-breakpoint
CREATE TABLE `daily_users` (
	`day` integer NOT NULL,
	`user_id` integer NOT NULL,
	PRIMARY KEY(`day`, `user_id`)
) WITHOUT ROWID;
--> statement-breakpoint
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
DROP INDEX `clients_by_owner`;--> statement-breakpoint
CREATE INDEX `clients_by_origin` ON `clients` (`origin`,`id`);--> statement-breakpoint
CREATE INDEX `clients_by_name` ON `clients` (lower(json_extract(metadata, '$.client_name')),`id`);--> statement-breakpoint
CREATE INDEX `clients_by_owner` ON `clients` (`owner_id`,`id`) WHERE owner_id IS NOT NULL;--> statement-breakpoint
ALTER TABLE `authorization_details_types` ADD `managed_by` text;--> statement-breakpoint
ALTER TABLE `grants` ADD `first_refresh` text;--> statement-breakpoint
ALTER TABLE `users` ADD `password_state` text;--> statement-breakpoint
ALTER TABLE `users` ADD `last_signed_in_at` real DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `users` ADD `source_id` text;--> statement-breakpoint
ALTER TABLE `users` ADD `external_id` text;--> statement-breakpoint
ALTER TABLE `users` ADD `import_id` text;--> statement-breakpoint
ALTER TABLE `users` ADD `sealed_totp` text;--> statement-breakpoint
ALTER TABLE `users` ADD `managed_by` text;--> statement-breakpoint
CREATE INDEX `users_by_last_sign_in` ON `users` (`last_signed_in_at`,`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `users_by_external_id` ON `users` (`external_id`,`source_id`) WHERE external_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX `users_by_import` ON `users` (`import_id`,`id`) WHERE import_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX `users_by_managed_by` ON `users` (`managed_by`,`id`) WHERE managed_by IS NOT NULL;--> statement-breakpoint
CREATE INDEX `users_by_totp_key` ON `users` (substr(sealed_totp, 1, instr(sealed_totp, '.') - 1)) WHERE sealed_totp IS NOT NULL;--> statement-breakpoint
CREATE INDEX `users_by_created` ON `users` (`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `users_by_role` ON `users` (`role`,`id`) WHERE role IS NOT NULL;--> statement-breakpoint
CREATE INDEX `users_disabled` ON `users` (`id`) WHERE disabled_at IS NOT NULL;