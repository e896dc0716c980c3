// The purposes of one-time links and what each does. A purpose is a file and a line here.
import type { MailUse } from './mail-use.ts'
import { changeAddressUse, deleteUse, restoreUse, undoAddressUse } from './own-account.ts'
import { resetUse } from './reset.ts'
import { inviteUse, signUpUse } from './new-account.ts'
import { signInUse } from './sign-in.ts'
import { verifyUse } from './verify.ts'

export const mailUses: readonly MailUse[] = [
  verifyUse,
  resetUse,
  signUpUse,
  inviteUse,
  signInUse,
  changeAddressUse,
  undoAddressUse,
  deleteUse,
  restoreUse,
]
