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
ALTER TABLE `grants` ADD `first_refresh` text;