ALTER TABLE `sessions` ADD `stated_auth_time` real;--> statement-breakpoint
CREATE INDEX `providers_by_issuer` ON `providers` (`issuer`);