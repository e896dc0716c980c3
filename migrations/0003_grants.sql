ALTER TABLE `grants` ADD `ends_with` text;--> statement-breakpoint
ALTER TABLE `grants` ADD `retried_generation` integer;--> statement-breakpoint
ALTER TABLE `grants` ADD `retry_rounds` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `grants_by_end` ON `grants` (`ends_with`) WHERE ends_with IS NOT NULL;