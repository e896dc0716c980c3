CREATE TABLE `audit_events` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` real NOT NULL,
	`kind` text NOT NULL,
	`user_id` integer,
	`client_id` text,
	`request_id` text NOT NULL,
	`detail` text DEFAULT '{}' NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_events_by_instant` ON `audit_events` (`at`);--> statement-breakpoint
CREATE INDEX `audit_events_by_user` ON `audit_events` (`user_id`);--> statement-breakpoint
CREATE TABLE `clients` (
	`id` text PRIMARY KEY NOT NULL,
	`secret_digest` text,
	`previous_secret_digest` text,
	`metadata` text NOT NULL,
	`access_token_lifetime` integer,
	`disabled_at` real,
	`not_before` real DEFAULT 0 NOT NULL,
	`created_at` real NOT NULL,
	`updated_at` real NOT NULL
);
--> statement-breakpoint
CREATE INDEX `clients_by_access_token_lifetime` ON `clients` (`access_token_lifetime`);--> statement-breakpoint
CREATE TABLE `consents` (
	`user_id` integer NOT NULL,
	`client_id` text NOT NULL,
	`redirect_uri` text NOT NULL,
	`scope` text NOT NULL,
	`remembered` integer NOT NULL,
	`granted_at` real NOT NULL,
	PRIMARY KEY(`user_id`, `client_id`, `redirect_uri`)
);
--> statement-breakpoint
CREATE INDEX `consents_by_client` ON `consents` (`client_id`);--> statement-breakpoint
CREATE TABLE `epoch` (
	`id` integer PRIMARY KEY NOT NULL,
	`not_before` real NOT NULL
);
--> statement-breakpoint
CREATE TABLE `grants` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` integer NOT NULL,
	`client_id` text NOT NULL,
	`session_id` text,
	`scope` text NOT NULL,
	`resource` text,
	`key_thumbprint` text,
	`auth_time` real NOT NULL,
	`amr` text NOT NULL,
	`claims_request` text,
	`code_digest` text,
	`generation` integer DEFAULT 0 NOT NULL,
	`current_digest` text,
	`previous_digest` text,
	`rotated_at` real,
	`last_operation` text NOT NULL,
	`offline` integer NOT NULL,
	`user_agent` text,
	`created_at` real NOT NULL,
	`last_used_at` real NOT NULL,
	`idle_expires_at` real NOT NULL,
	`absolute_expires_at` real NOT NULL,
	`access_expires_at` real NOT NULL,
	`revoked_at` real,
	`revoked_reason` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `grants_by_code` ON `grants` (`code_digest`);--> statement-breakpoint
CREATE INDEX `grants_by_user` ON `grants` (`user_id`,`client_id`);--> statement-breakpoint
CREATE INDEX `grants_by_client` ON `grants` (`client_id`);--> statement-breakpoint
CREATE INDEX `grants_by_session` ON `grants` (`session_id`);--> statement-breakpoint
CREATE INDEX `grants_by_expiry` ON `grants` (`absolute_expires_at`);--> statement-breakpoint
CREATE TABLE `interactions` (
	`digest` text PRIMARY KEY NOT NULL,
	`browser_digest` text NOT NULL,
	`request` text NOT NULL,
	`created_at` real NOT NULL,
	`expires_at` real NOT NULL,
	`consumed_at` real,
	`operation` text
);
--> statement-breakpoint
CREATE INDEX `interactions_by_expiry` ON `interactions` (`expires_at`);--> statement-breakpoint
CREATE TABLE `login_names` (
	`folded_name` text PRIMARY KEY NOT NULL,
	`user_id` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `login_names_by_user` ON `login_names` (`user_id`);--> statement-breakpoint
CREATE TABLE `logout_notices` (
	`id` text PRIMARY KEY NOT NULL,
	`client_id` text NOT NULL,
	`sub` text NOT NULL,
	`session_id` text,
	`attempts` integer DEFAULT 0 NOT NULL,
	`next_attempt_at` real NOT NULL,
	`expires_at` real NOT NULL
);
--> statement-breakpoint
CREATE INDEX `logout_notices_by_attempt` ON `logout_notices` (`next_attempt_at`);--> statement-breakpoint
CREATE INDEX `logout_notices_by_expiry` ON `logout_notices` (`expires_at`);--> statement-breakpoint
CREATE TABLE `parked_codes` (
	`digest` text PRIMARY KEY NOT NULL,
	`sealed` text NOT NULL,
	`expires_at` real NOT NULL
);
--> statement-breakpoint
CREATE INDEX `parked_codes_by_expiry` ON `parked_codes` (`expires_at`);--> statement-breakpoint
CREATE TABLE `provider_links` (
	`issuer` text NOT NULL,
	`subject` text NOT NULL,
	`user_id` integer NOT NULL,
	`email` text,
	`created_at` real NOT NULL,
	PRIMARY KEY(`issuer`, `subject`)
);
--> statement-breakpoint
CREATE INDEX `provider_links_by_user` ON `provider_links` (`user_id`);--> statement-breakpoint
CREATE TABLE `providers` (
	`id` text PRIMARY KEY NOT NULL,
	`issuer` text NOT NULL,
	`configuration` text NOT NULL,
	`wrapped_client_secret` text,
	`disabled_at` real,
	`created_at` real NOT NULL,
	`updated_at` real NOT NULL
);
--> statement-breakpoint
CREATE TABLE `revocation_outbox` (
	`key` text PRIMARY KEY NOT NULL,
	`revoked_at` real NOT NULL,
	`expires_at` real NOT NULL
);
--> statement-breakpoint
CREATE TABLE `revoked_tokens` (
	`jti` text PRIMARY KEY NOT NULL,
	`revoked_at` real NOT NULL,
	`expires_at` real NOT NULL
);
--> statement-breakpoint
CREATE INDEX `revoked_tokens_by_expiry` ON `revoked_tokens` (`expires_at`);--> statement-breakpoint
CREATE TABLE `sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`digest` text NOT NULL,
	`face` text NOT NULL,
	`user_id` integer NOT NULL,
	`auth_time` real NOT NULL,
	`amr` text NOT NULL,
	`user_agent` text,
	`created_at` real NOT NULL,
	`last_seen_at` real NOT NULL,
	`idle_expires_at` real NOT NULL,
	`absolute_expires_at` real NOT NULL,
	`ended_at` real
);
--> statement-breakpoint
CREATE UNIQUE INDEX `sessions_digest_unique` ON `sessions` (`digest`);--> statement-breakpoint
CREATE INDEX `sessions_by_user` ON `sessions` (`user_id`);--> statement-breakpoint
CREATE INDEX `sessions_by_expiry` ON `sessions` (`absolute_expires_at`);--> statement-breakpoint
CREATE TABLE `sign_in_attempts` (
	`bucket` text PRIMARY KEY NOT NULL,
	`tries` integer NOT NULL,
	`window_started_at` real NOT NULL
);
--> statement-breakpoint
CREATE INDEX `sign_in_attempts_by_window` ON `sign_in_attempts` (`window_started_at`);--> statement-breakpoint
CREATE TABLE `signing_keys` (
	`kid` text PRIMARY KEY NOT NULL,
	`use` text NOT NULL,
	`alg` text NOT NULL,
	`generation` integer NOT NULL,
	`public_jwk` text NOT NULL,
	`wrapped_private_key` text NOT NULL,
	`created_at` real NOT NULL,
	`active_at` real NOT NULL,
	`expires_at` real
);
--> statement-breakpoint
CREATE UNIQUE INDEX `signing_keys_by_generation` ON `signing_keys` (`alg`,`generation`);--> statement-breakpoint
CREATE TABLE `upstream_states` (
	`digest` text PRIMARY KEY NOT NULL,
	`browser_digest` text NOT NULL,
	`provider_id` text NOT NULL,
	`sealed` text NOT NULL,
	`expires_at` real NOT NULL,
	`consumed_at` real
);
--> statement-breakpoint
CREATE INDEX `upstream_states_by_expiry` ON `upstream_states` (`expires_at`);--> statement-breakpoint
CREATE TABLE `used_identifiers` (
	`digest` text PRIMARY KEY NOT NULL,
	`expires_at` real NOT NULL
);
--> statement-breakpoint
CREATE INDEX `used_identifiers_by_expiry` ON `used_identifiers` (`expires_at`);--> statement-breakpoint
CREATE TABLE `users` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`sub` text NOT NULL,
	`pairwise_salt` text NOT NULL,
	`username` text NOT NULL,
	`email` text,
	`email_verified` integer DEFAULT false NOT NULL,
	`name` text,
	`role` text,
	`scope` text,
	`claims` text DEFAULT '{}' NOT NULL,
	`password_hash` text,
	`disabled_at` real,
	`not_before` real DEFAULT 0 NOT NULL,
	`created_at` real NOT NULL,
	`updated_at` real NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `users_sub_unique` ON `users` (`sub`);