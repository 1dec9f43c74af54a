-- Removes the indexes of V6.

DROP INDEX idx_password_setup_tokens_token_hash;
DROP INDEX idx_password_setup_tokens_user_id;
DROP INDEX idx_password_setup_tokens_expires_at;
DROP INDEX idx_password_setup_tokens_used;

DROP INDEX idx_password_reset_tokens_token_hash;
DROP INDEX idx_password_reset_tokens_user_id;
DROP INDEX idx_password_reset_tokens_expires_at;
DROP INDEX idx_password_reset_tokens_used;
