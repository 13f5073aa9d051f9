"""The store: its organisation, buckets, user and tokens, made by an idempotent set-up."""
