/** What an evaluation is to be made of cannot be used. The message says what to do; trying again does not help. */
export class UnusableInput extends Error {
  override readonly name = 'UnusableInput'
}
