// The migrations that this release needs, in their order. A test compares the list with the folder.

export const migrationNames = [
  '0000_initial',
  '0001_logout_notices_by_client',
  '0002_fewer_indexes',
  '0003_mends',
  '0004_screens_carry_their_state',
  '0005_fewer_rows',
  '0006_modern',
  '0007_operator',
  '0008_people',
] as const
