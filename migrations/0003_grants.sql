ALTER TABLE `grants` ADD `retried_generation` integer;--> statement-breakpoint
ALTER TABLE `grants` ADD `retry_rounds` integer DEFAULT 0 NOT NULL;