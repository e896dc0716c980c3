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
DROP INDEX `clients_by_owner`;--> statement-breakpoint
CREATE INDEX `clients_by_owner` ON `clients` (`owner_id`,`id`) WHERE owner_id IS NOT NULL;--> statement-breakpoint
ALTER TABLE `users` ADD `last_signed_in_at` real DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `users_by_last_sign_in` ON `users` (`last_signed_in_at`,`id`);