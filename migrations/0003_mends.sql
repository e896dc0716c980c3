CREATE TABLE `resource_consents` (
	`user_id` integer NOT NULL,
	`client_id` text NOT NULL,
	`resource` text NOT NULL,
	`scope` text NOT NULL,
	`granted_at` real NOT NULL,
	PRIMARY KEY(`user_id`, `client_id`, `resource`)
);
--> statement-breakpoint
CREATE INDEX `resource_consents_by_client` ON `resource_consents` (`client_id`);--> statement-breakpoint
DROP INDEX `logout_notices_by_client`;--> statement-breakpoint
DROP INDEX `logout_notices_by_attempt`;--> statement-breakpoint
CREATE INDEX `logout_notices_by_turn` ON `logout_notices` (`client_id`,`attempts`,`next_attempt_at`);--> statement-breakpoint
ALTER TABLE `grants` ADD `ends_with` text;--> statement-breakpoint
ALTER TABLE `grants` ADD `retried_generation` integer;--> statement-breakpoint
ALTER TABLE `grants` ADD `retry_rounds` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `grants_by_end` ON `grants` (`ends_with`) WHERE ends_with IS NOT NULL;--> statement-breakpoint
ALTER TABLE `sessions` ADD `stated_auth_time` real;--> statement-breakpoint
ALTER TABLE `signing_keys` ADD `withdrawn_at` real;--> statement-breakpoint
CREATE INDEX `audit_events_repeatable` ON `audit_events` (`user_id`,`kind`,`at`) WHERE kind IN ('access ended by the user', 'consent given', 'password changed', 'provider linked', 'provider unlinked', 'signed out', 'signed out everywhere else');--> statement-breakpoint
CREATE INDEX `providers_by_issuer` ON `providers` (`issuer`);--> statement-breakpoint
-- Written by hand: drizzle-kit splits an expression at its commas.
CREATE INDEX `users_by_password_key` ON `users` (CASE WHEN instr(password_hash, 'k=') > 0 THEN
  substr(password_hash, instr(password_hash, 'k=') + 2,
    instr(substr(password_hash, instr(password_hash, 'k=') + 2), '$') - 1) END);
--> statement-breakpoint
-- What was remembered for any redirect URI of a client is remembered for the client. The page that
-- was agreed to named no resource, so it covers none but the server itself ('').
INSERT INTO `resource_consents` (`user_id`, `client_id`, `resource`, `scope`, `granted_at`)
SELECT `user_id`, `client_id`, '', group_concat(`name`, ' '), MIN(`granted_at`)
FROM (
  SELECT `user_id`, `client_id`, `names`.`value` AS `name`, MIN(`granted_at`) AS `granted_at`
  FROM `consents`, json_each('["' || replace(`scope`, ' ', '","') || '"]') AS `names`
  WHERE `remembered` = 1
  GROUP BY `user_id`, `client_id`, `names`.`value`
)
GROUP BY `user_id`, `client_id`;
