DROP INDEX `audit_events_by_instant`;--> statement-breakpoint
DROP INDEX `audit_events_by_user`;--> statement-breakpoint
DROP INDEX `grants_by_session`;