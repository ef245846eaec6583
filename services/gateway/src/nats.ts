import { connectNats } from "@rollerblade/events";
import type { ServiceContext } from "@rollerblade/service-kit";

/** The gateway's own connection to NATS, made when it is first needed. */
export type Nats = { get(): ReturnType<typeof connectNats> };

/** A connection that closes with the service. */
export const natsOf = ({ settings, signal, onStop }: ServiceContext): Nats => {
  let connecting: ReturnType<typeof connectNats> | undefined;
  onStop(async () => {
    const connection = await connecting?.catch(() => undefined);
    await connection?.close();
  });
  return {
    get() {
      connecting ??= connectNats({ url: settings.natsUrl, name: "gateway", signal }).catch((error: unknown) => {
        connecting = undefined;
        throw error;
      });
      return connecting;
    },
  };
};
