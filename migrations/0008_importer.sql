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
ALTER TABLE `users` ADD `password_state` text;--> statement-breakpoint
ALTER TABLE `users` ADD `source_id` text;--> statement-breakpoint
ALTER TABLE `users` ADD `external_id` text;--> statement-breakpoint
ALTER TABLE `users` ADD `import_id` text;--> statement-breakpoint
ALTER TABLE `users` ADD `sealed_totp` text;--> statement-breakpoint
CREATE UNIQUE INDEX `users_by_external_id` ON `users` (`external_id`,`source_id`) WHERE external_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX `users_by_import` ON `users` (`import_id`,`id`) WHERE import_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX `users_by_totp_key` ON `users` (substr(sealed_totp, 1, instr(sealed_totp, '.') - 1)) WHERE sealed_totp IS NOT NULL;