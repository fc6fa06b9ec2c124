import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { ByteTap } from "./byte-tap.ts";
import { TestDesk, type TestDeskOptions } from "../../src/desk/testing/test-desk.ts";

export interface DeskInBrowserOptions extends TestDeskOptions {
  readonly view?: BrowserContextOptions;
  /** Whether every byte that the browser receives is kept. */
  readonly tapped?: boolean;
}

/** A desk with its page open in a browser, in the words of somebody who looks at it. */
export class DeskInBrowser implements AsyncDisposable {
  readonly page: Page;
  readonly test: TestDesk;
  /** What the browser complained of: errors, warnings, and what its content policy stopped. */
  readonly complaints: readonly string[];

  readonly #tap: ByteTap | undefined;

  private constructor(test: TestDesk, page: Page, complaints: readonly string[], tap: ByteTap | undefined) {
    this.#tap = tap;
    this.test = test;
    this.page = page;
    this.complaints = complaints;
  }

  static async open(browser: Browser, { view, tapped, ...options }: DeskInBrowserOptions = {}): Promise<DeskInBrowser> {
    const test = await TestDesk.open(options);
    const tap = tapped === true ? await ByteTap.open(test.server.address) : undefined;
    const context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      reducedMotion: "reduce",
      ...view,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const complaints: string[] = [];
    page.on("console", (message) => {
      // A browser asks for the icon of a broker's page, too.
      if (message.location().url.endsWith("/favicon.ico")) return;
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("requestfailed", (request) => {
      // The stream of what happens ends with the page.
      if (!request.url().endsWith("/desk/stream")) complaints.push(`${request.method()} ${request.url()} failed`);
    });
    const opened = new DeskInBrowser(test, page, complaints, tap);
    await page.goto(tap?.address ?? test.server.address);
    await page.getByRole("heading", { name: "Trading desk" }).waitFor();
    return opened;
  }

  /** Every byte that the browser received. */
  get received(): Buffer {
    return this.#tap?.received ?? Buffer.alloc(0);
  }

  card(account: string): Locator {
    return this.page.getByRole("article", { name: account });
  }

  /** Waits until the account has a session. */
  async live(...accounts: readonly string[]): Promise<void> {
    for (const account of accounts) await this.card(account).getByText("Logged in", { exact: true }).waitFor();
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole("button", { name, exact: true });
  }

  scenario(title: string): Locator {
    const heading = this.page.getByRole("heading", { name: title, exact: true });
    return this.page.getByRole("listitem").filter({ has: heading });
  }

  /** Causes a scenario, or ends one that lasts, and waits for what is told of it. */
  async cause(
    title: string,
    account = "main",
  ): Promise<{ readonly told: string; readonly logins: string; readonly moved: string }> {
    await this.page.getByLabel("At the account").selectOption(account);
    const scenario = this.scenario(title);
    const before = (await scenario.getAttribute("data-ended")) ?? "";
    await scenario.getByRole("button").click();
    await scenario
      .and(this.page.locator(`[data-running=false]:not([data-ended="${before}"])`))
      .and(this.page.locator("[data-ended]"))
      .waitFor({ timeout: 45_000 });
    const told = scenario.locator(".told");
    const logins = await told.locator(".counted").innerText();
    const moved = (await told.locator(".moved").allInnerTexts()).join("");
    return {
      told: (await told.innerText()).replace(logins, "").replace(moved, "").trim(),
      logins: logins.replace("Logins counted at the brokers: ", "").trim(),
      moved,
    };
  }

  /** What has the focus, as somebody hears it. */
  async focused(): Promise<string> {
    return this.page.evaluate(() => (document.activeElement as HTMLElement).textContent?.trim() ?? "");
  }

  /** What is said about a field to somebody who does not see it: where it is marked as wrong. */
  async wrongAt(label: string): Promise<string> {
    return this.page.getByLabel(label).evaluate((input) => {
      if (input.getAttribute("aria-invalid") !== "true") return "";
      const ids = input.getAttribute("aria-describedby")?.split(" ") ?? [];
      return ids.map((id) => document.getElementById(id)?.innerText ?? "").join(" ");
    });
  }

  /** The newest code on the sandbox's phone, once so many were texted. */
  async texted(account: string, texts = 1): Promise<string> {
    const { journal, nubra } = this.test.sandbox;
    await journal.until({ account, step: "sendphoneotp", outcome: "accepted" }, texts);
    const code = nubra.inbox(account).at(-1)?.code ?? "";
    const phone = this.page.getByRole("log", { name: `Messages on the sandbox’s phone of ${account}` });
    await phone.getByText(`${code} is your one-time password`).waitFor();
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close();
    await this.#tap?.[Symbol.asyncDispose]();
    await this.test[Symbol.asyncDispose]();
  }
}
