import type { Locator, Page } from "playwright-core";

/** How somebody uses a page: with a mouse, or with the keyboard alone. */
export type Hand = {
  /** Presses a button or follows a link. */
  press(target: Locator): Promise<void>;
  /** Replaces the text of a field or of an editor. */
  write(target: Locator, text: string): Promise<void>;
  /** Chooses an entry of a list by what it is called. */
  choose(target: Locator, label: string): Promise<void>;
  /** Gives the page a folder of this machine. */
  giveFolder(folder: string): Promise<void>;
};

/** A hand on a mouse: it drops folders, and clicks. */
export const mouse = (page: Page): Hand => ({
  press: (target) => target.click(),
  write: async (target, text) => {
    await target.click();
    await page.keyboard.press("Control+a");
    await page.keyboard.insertText(text);
  },
  choose: async (target, label) => void (await target.selectOption({ label })),
  giveFolder: async (folder) => {
    const box = await page.locator(".drop-place").boundingBox();
    if (box === null) throw new Error("There is no place to drop a folder.");
    const debug = await page.context().newCDPSession(page);
    const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    const data = { items: [], files: [folder], dragOperationsMask: 1 };
    for (const type of ["dragEnter", "dragOver", "drop"] as const)
      await debug.send("Input.dispatchDragEvent", { type, ...at, data });
    await debug.detach();
  },
});

/** Tabs after which something cannot be reached: more than a page of one dataset has. */
const maxTabs = 400;

/** Hands on the keyboard: everything is reached by the key Tab, and what is reached shows so. */
export const keyboard = (page: Page): Hand => {
  const reach = async (target: Locator): Promise<void> => {
    await target.waitFor();
    for (let tabs = 0; tabs < maxTabs; tabs += 1) {
      if ((await target.and(page.locator(":focus")).count()) === 1) return;
      await page.keyboard.press("Tab");
    }
    throw new Error(`${target} is not reached by ${maxTabs} tabs.`);
  };
  return {
    press: async (target) => {
      await reach(target);
      const outline = await page.evaluate<string>("getComputedStyle(document.activeElement).outlineStyle");
      if (outline === "none") throw new Error(`${target} does not show that it has the focus.`);
      const isBox = (await target.getAttribute("type")) === "checkbox";
      await page.keyboard.press(isBox ? "Space" : "Enter");
    },
    write: async (target, text) => {
      await reach(target);
      await page.keyboard.press("Control+a");
      await page.keyboard.insertText(text);
    },
    choose: async (target, label) => {
      await reach(target);
      const chosen = (): Promise<string> => page.evaluate<string>("document.activeElement.selectedOptions[0].label");
      for (let before = ""; (await chosen()) !== label; ) {
        if ((await chosen()) === before) throw new Error(`${target} has no entry ${label}.`);
        before = await chosen();
        await page.keyboard.press("ArrowDown");
      }
    },
    giveFolder: async (folder) => {
      await reach(page.locator('.drop-place input[type="file"]'));
      const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.keyboard.press("Enter")]);
      await chooser.setFiles(folder);
    },
  };
};
