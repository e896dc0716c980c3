ALTER TABLE `clients` ADD `owner_id` integer;--> statement-breakpoint
CREATE INDEX `clients_by_owner` ON `clients` (`owner_id`) WHERE owner_id IS NOT NULL;