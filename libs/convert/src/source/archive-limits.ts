import { faultOfPath } from "@rollerblade/abids";
import { Problem } from "@rollerblade/errors";

/**
 * How many times its size an archive may unfold to. Images compress by a factor of 2 to 20, masks by up to 100; what is made to
 * fill a disk by some 1,000 (the limit of DEFLATE) or more.
 */
const maxRatio = 250;

/** Bytes up to which nobody minds the factor. */
const harmlessBytes = 64 * 2 ** 20;

/** Members that one archive may have: a folder of a hundred thousand people has less. */
const maxMembers = 5_000_000;

const refuse = (archive: string, message: string): Problem =>
  new Problem({
    code: "invalid",
    message: `The archive ${archive} ${message}; nothing of it was read.`,
    subject: archive,
    next: "Take it out of the source, or unpack it where you trust it and give that folder.",
  });

/** Refuses a bomb. @throws Problem `invalid` for an archive that unfolds to far more than it is */
export const requireRatio = (archive: string, packed: number, unpacked: number): void => {
  if (unpacked <= harmlessBytes || unpacked <= packed * maxRatio) return;
  throw refuse(archive, `would unfold to more than ${maxRatio} times its size, as only a bomb does`);
};

/** Limits the members of an archive. @throws Problem `invalid` for more members than anybody could go through */
export const requireCount = (archive: string, members: number): void => {
  if (members > maxMembers) throw refuse(archive, `has more than ${maxMembers} members`);
};

/** Refuses absolute names and those with `..`. @throws Problem `invalid` for a member whose name leads out of the archive */
export const requireMember = (archive: string, name: string): void => {
  const fault = faultOfPath(name);
  if (fault !== null) throw refuse(archive, `has the member "${name.slice(0, 200)}": ${fault}`);
};
