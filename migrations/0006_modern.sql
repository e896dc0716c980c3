CREATE TABLE `authorization_details_types` (
	`type` text PRIMARY KEY NOT NULL,
	`schema` text NOT NULL,
	`title` text NOT NULL,
	`summary` text,
	`created_at` real NOT NULL,
	`updated_at` real NOT NULL
);
--> statement-breakpoint
CREATE TABLE `device_codes` (
	`digest` text PRIMARY KEY NOT NULL,
	`user_code_digest` text NOT NULL,
	`client_id` text NOT NULL,
	`scope` text NOT NULL,
	`resource` text NOT NULL,
	`authorization_details` text,
	`address` text NOT NULL,
	`user_agent` text,
	`created_at` real NOT NULL,
	`expires_at` real NOT NULL,
	`poll_interval` integer NOT NULL,
	`polled_at` real,
	`polled_too_soon` integer DEFAULT false NOT NULL,
	`decision` text,
	`decided_at` real,
	`user_id` integer,
	`session_id` text,
	`auth_time` real,
	`amr` text
) WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `device_codes_by_user_code` ON `device_codes` (`user_code_digest`);--> statement-breakpoint
CREATE INDEX `device_codes_by_address` ON `device_codes` (`address`,`created_at`);--> statement-breakpoint
CREATE TABLE `registration_tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`digest` text NOT NULL,
	`label` text NOT NULL,
	`scope` text,
	`redirect_hosts` text,
	`grant_types` text,
	`max_uses` integer,
	`uses` integer DEFAULT 0 NOT NULL,
	`created_at` real NOT NULL,
	`expires_at` real NOT NULL,
	`last_used_at` real
);
--> statement-breakpoint
CREATE UNIQUE INDEX `registration_tokens_by_digest` ON `registration_tokens` (`digest`);--> statement-breakpoint
CREATE INDEX `registration_tokens_by_expiry` ON `registration_tokens` (`expires_at`);--> statement-breakpoint
CREATE TABLE `resource_keys` (
	`key` text PRIMARY KEY NOT NULL,
	`resource_id` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `resource_keys_by_resource` ON `resource_keys` (`resource_id`);--> statement-breakpoint
CREATE TABLE `resources` (
	`id` text PRIMARY KEY NOT NULL,
	`metadata` text NOT NULL,
	`created_at` real NOT NULL,
	`updated_at` real NOT NULL
);
--> statement-breakpoint
ALTER TABLE `clients` ADD `codes_not_before` real DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `clients` ADD `origin` text DEFAULT 'admin' NOT NULL;--> statement-breakpoint
ALTER TABLE `clients` ADD `registration_token_digest` text;--> statement-breakpoint
ALTER TABLE `clients` ADD `previous_registration_token_digest` text;--> statement-breakpoint
ALTER TABLE `clients` ADD `previous_registration_token_expires_at` real;--> statement-breakpoint
ALTER TABLE `clients` ADD `registered_by` text;--> statement-breakpoint
ALTER TABLE `clients` ADD `registration_limits` text;--> statement-breakpoint
ALTER TABLE `clients` ADD `software_statement` text;--> statement-breakpoint
ALTER TABLE `clients` ADD `kept_until` real;--> statement-breakpoint
ALTER TABLE `clients` ADD `granted_until` real;--> statement-breakpoint
ALTER TABLE `clients` ADD `document_digest` text;--> statement-breakpoint
ALTER TABLE `clients` ADD `owner_id` integer;--> statement-breakpoint
CREATE INDEX `clients_by_kept_until` ON `clients` (`kept_until`) WHERE kept_until IS NOT NULL;--> statement-breakpoint
CREATE INDEX `clients_by_owner` ON `clients` (`owner_id`) WHERE owner_id IS NOT NULL;--> statement-breakpoint
ALTER TABLE `grants` ADD `resource_keys` text;--> statement-breakpoint
ALTER TABLE `grants` ADD `authorization_details` text;