-- Written by hand: drizzle-kit knows no WITHOUT ROWID. Without it each insertion writes the row and an
-- entry of the key's own index. Both tables hold minutes of rows, so rebuilding them takes no time, and
-- the release before goes on working: it reads and writes the same columns by the same keys.
CREATE TABLE `used_identifiers_next` (
	`digest` text PRIMARY KEY NOT NULL,
	`expires_at` real NOT NULL,
	`operation` text
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `used_identifiers_next` (`digest`, `expires_at`, `operation`)
SELECT `digest`, `expires_at`, `operation` FROM `used_identifiers`;
--> statement-breakpoint
DROP TABLE `used_identifiers`;--> statement-breakpoint
ALTER TABLE `used_identifiers_next` RENAME TO `used_identifiers`;--> statement-breakpoint
CREATE TABLE `sign_in_attempts_next` (
	`bucket` text PRIMARY KEY NOT NULL,
	`address` text,
	`tries` integer NOT NULL,
	`window_started_at` real NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `sign_in_attempts_next` (`bucket`, `tries`, `window_started_at`)
SELECT `bucket`, `tries`, `window_started_at` FROM `sign_in_attempts`;
--> statement-breakpoint
DROP TABLE `sign_in_attempts`;--> statement-breakpoint
ALTER TABLE `sign_in_attempts_next` RENAME TO `sign_in_attempts`;--> statement-breakpoint
CREATE INDEX `sign_in_attempts_by_address` ON `sign_in_attempts` (`address`) WHERE address IS NOT NULL;--> statement-breakpoint
-- Cron alone read it; cron now looks through the table in the order of its key.
DROP INDEX `sessions_by_expiry`;
