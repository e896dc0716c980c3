ALTER TABLE `users` ADD `managed_by` text;--> statement-breakpoint
CREATE INDEX `users_by_managed_by` ON `users` (`managed_by`,`id`) WHERE managed_by IS NOT NULL;--> statement-breakpoint
ALTER TABLE `authorization_details_types` ADD `managed_by` text;
