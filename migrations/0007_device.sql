-- WITHOUT ROWID is written by hand: drizzle-kit does not know it.
CREATE TABLE `device_codes` (
	`digest` text PRIMARY KEY NOT NULL,
	`user_code_digest` text NOT NULL,
	`client_id` text NOT NULL,
	`scope` text NOT NULL,
	`resource` text NOT NULL,
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
CREATE INDEX `device_codes_by_address` ON `device_codes` (`address`,`created_at`);