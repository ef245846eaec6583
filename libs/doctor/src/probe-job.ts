import type { V1Job } from "@kubernetes/client-node";
import type { ClusterSettings } from "./cluster-settings.ts";

/**
 * A Job of one Pod that does nothing, in the shape that analyses have: the same account, image, and security (Pod
 * Security `restricted`).
 */
export const probeJob = (name: string, scheduler: NonNullable<ClusterSettings["scheduler"]>): V1Job => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name, labels: { "app.kubernetes.io/part-of": "rollerblade", "app.kubernetes.io/component": "doctor" } },
  spec: {
    backoffLimit: 0,
    // Also when the doctor dies: seconds until it is stopped, and until it is deleted.
    activeDeadlineSeconds: 180,
    ttlSecondsAfterFinished: 60,
    template: {
      metadata: { labels: { "app.kubernetes.io/part-of": "rollerblade", "app.kubernetes.io/component": "doctor" } },
      spec: {
        restartPolicy: "Never",
        serviceAccountName: scheduler.serviceAccount,
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        terminationGracePeriodSeconds: 0,
        ...(scheduler.imagePullSecret === undefined ? {} : { imagePullSecrets: [{ name: scheduler.imagePullSecret }] }),
        securityContext: {
          runAsNonRoot: true,
          runAsUser: 65_532,
          runAsGroup: 65_532,
          seccompProfile: { type: "RuntimeDefault" },
        },
        containers: [
          {
            name: "probe",
            image: scheduler.stagingImage,
            command: ["node", "--version"],
            resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "128Mi" } },
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ["ALL"] },
            },
          },
        ],
      },
    },
  },
});
