CREATE TABLE `mail_counts` (
	`bucket` text PRIMARY KEY NOT NULL,
	`count` integer NOT NULL,
	`expires_at` real NOT NULL
);
