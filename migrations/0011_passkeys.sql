ALTER TABLE `credentials` ADD `rp_id` text;--> statement-breakpoint
CREATE INDEX `credentials_by_rp_id` ON `credentials` (`rp_id`) WHERE kind = 'passkey';