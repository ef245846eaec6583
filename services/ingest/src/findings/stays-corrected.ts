/** How the finding of a correction begins that an import with the former value has left in force. */
export const staysCorrected = "stays corrected here";
