/**
 * SQL for the id of the master key that a user's password hash is sealed under (`...k=<id>$...`),
 * NULL for none. The index `users_by_password_key` is over this very text.
 */
export const passwordKeyId = `CASE WHEN instr(password_hash, 'k=') > 0 THEN
  substr(password_hash, instr(password_hash, 'k=') + 2,
    instr(substr(password_hash, instr(password_hash, 'k=') + 2), '$') - 1) END`
