DROP INDEX `logout_notices_by_client`;--> statement-breakpoint
DROP INDEX `logout_notices_by_attempt`;--> statement-breakpoint
CREATE INDEX `logout_notices_by_turn` ON `logout_notices` (`client_id`,`attempts`,`next_attempt_at`);--> statement-breakpoint
ALTER TABLE `signing_keys` ADD `withdrawn_at` real;--> statement-breakpoint
-- Written by hand: drizzle-kit splits an expression at its commas.
CREATE INDEX `users_by_password_key` ON `users` (CASE WHEN instr(password_hash, 'k=') > 0 THEN
  substr(password_hash, instr(password_hash, 'k=') + 2,
    instr(substr(password_hash, instr(password_hash, 'k=') + 2), '$') - 1) END);
