CREATE TABLE `authorization_details_types` (
	`type` text PRIMARY KEY NOT NULL,
	`schema` text NOT NULL,
	`title` text NOT NULL,
	`summary` text,
	`created_at` real NOT NULL,
	`updated_at` real NOT NULL
);
--> statement-breakpoint
ALTER TABLE `device_codes` ADD `authorization_details` text;--> statement-breakpoint
ALTER TABLE `grants` ADD `authorization_details` text;