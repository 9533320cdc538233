// What the machine and the service keep: settings, the profile, supplies, backups.

import { backupsCard } from "./backups.js";
import { cameraCard } from "./camera.js";
import { optionsCard } from "./options.js";
import { profileCard } from "./profile.js";
import { settingsCard } from "./settings.js";
import { suppliesCard } from "./supplies.js";

export const CARDS = [settingsCard, profileCard, suppliesCard, cameraCard, backupsCard, optionsCard];
