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
