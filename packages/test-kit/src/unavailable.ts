/** A program that this machine does not have. The message says how to get it. */
export class Unavailable extends Error {}
