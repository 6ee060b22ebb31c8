-- What wixl has no words for: a statement ends with a semicolon at the end of its line,
-- and the version of the package stands for @VERSION@.

-- The types of actions: 18 runs an installed file, 34 a command line in a folder; 64 goes on
-- whatever comes of it, 256 is for taking back, 512 is for the end, 1024 is with the files,
-- 2048 as the system.
-- Each service is made and unmade by the one place that knows how: the program.
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`)
  VALUES ('InstallConnector', 3090, 'komainu.exe', 'service install connector');
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`)
  VALUES ('InstallMember', 3090, 'komainu.exe', 'service install member');
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`)
  VALUES ('UndoConnector', 3410, 'komainu.exe', 'service uninstall connector');
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`)
  VALUES ('UndoMember', 3410, 'komainu.exe', 'service uninstall member');
-- One that somebody has removed already must not keep the rest.
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`)
  VALUES ('RemoveConnector', 3154, 'komainu.exe', 'service uninstall connector');
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`)
  VALUES ('RemoveMember', 3154, 'komainu.exe', 'service uninstall member');
-- An upgrade only stops a service: it keeps its arguments and how it starts.
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`)
  VALUES ('StopConnector', 3154, 'komainu.exe', 'service stop connector');
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`)
  VALUES ('StopMember', 3154, 'komainu.exe', 'service stop member');
-- One whose feature the newer version was not asked for.
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`)
  VALUES ('DropConnector', 3154, 'komainu.exe', 'service uninstall connector');
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`)
  VALUES ('DropMember', 3154, 'komainu.exe', 'service uninstall member');
-- When an upgrade fails, the version before serves again.
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`)
  VALUES ('RestoreConnector', 3426, 'BINFOLDER', '"[System64Folder]cmd.exe" /c komainu.exe service
    install connector && if exist "[SETTINGSFOLDER]komainu.toml" komainu.exe service start
    connector');
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`)
  VALUES ('RestoreMember', 3426, 'BINFOLDER', '"[System64Folder]cmd.exe" /c komainu.exe service
    install member && if exist "[SETTINGSFOLDER]komainu.toml" komainu.exe service start member');
-- Wrong settings are told in the event log; they are no reason to take the program away.
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`)
  VALUES ('StartConnector', 3170, 'BINFOLDER', '"[System64Folder]cmd.exe" /c if exist
    "[SETTINGSFOLDER]komainu.toml" komainu.exe service start connector');
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`)
  VALUES ('StartMember', 3170, 'BINFOLDER', '"[System64Folder]cmd.exe" /c if exist
    "[SETTINGSFOLDER]komainu.toml" komainu.exe service start member');
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`)
  VALUES ('WriteExample', 3170, 'BINFOLDER', '"[System64Folder]cmd.exe" /c if not exist
    "[SETTINGSFOLDER]komainu.toml" komainu.exe config example
    >"[SETTINGSFOLDER]komainu.example.toml"');
-- Members, traps and UPSes are heard; Windows lets nothing in unless told to.
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`)
  VALUES ('OpenFirewall', 3170, 'BINFOLDER', '"[System64Folder]netsh.exe" advfirewall firewall add
    rule name=Komainu dir=in action=allow program="[BINFOLDER]komainu.exe"');
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`)
  VALUES ('CloseFirewall', 3170, 'TARGETDIR', '"[System64Folder]netsh.exe" advfirewall firewall
    delete rule name=Komainu');
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`)
  VALUES ('Purge', 3170, 'TARGETDIR', '"[System64Folder]cmd.exe" /c rmdir /s /q
    "[CommonAppDataFolder]Komainu"');

-- Going away. The old version is gone before the new one comes; both, or neither.
UPDATE `InstallExecuteSequence` SET `Sequence` = 1501 WHERE `Action` = 'RemoveExistingProducts';
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`)
  VALUES ('RestoreConnector', '?Connector=3 AND $Connector=2', 1901);
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`)
  VALUES ('RemoveConnector', '?Connector=3 AND $Connector=2 AND NOT UPGRADINGPRODUCTCODE', 1902);
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`)
  VALUES ('StopConnector', '?Connector=3 AND $Connector=2 AND UPGRADINGPRODUCTCODE', 1907);
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`)
  VALUES ('RestoreMember', '?Member=3 AND $Member=2', 1903);
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`)
  VALUES ('RemoveMember', '?Member=3 AND $Member=2 AND NOT UPGRADINGPRODUCTCODE', 1904);
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`)
  VALUES ('StopMember', '?Member=3 AND $Member=2 AND UPGRADINGPRODUCTCODE', 1908);
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`)
  VALUES ('CloseFirewall', 'REMOVE~="ALL"', 1905);
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`)
  VALUES ('Purge', 'PURGE="1" AND REMOVE~="ALL" AND NOT UPGRADINGPRODUCTCODE', 1906);
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`)
  VALUES ('RemoveEnvironmentStrings', '', 3300);
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`)
  VALUES ('RemoveDuplicateFiles', '', 3400);
-- Coming. The folder for settings is made by the program, so that it is nobody else's from its
-- first moment on; what lies in it comes after.
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`)
  VALUES ('DuplicateFiles', '', 4210);
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`)
  VALUES ('DropConnector', 'HADCONNECTOR AND NOT Installed AND NOT &Connector=3', 4299);
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`)
  VALUES ('DropMember', 'HADMEMBER AND NOT Installed AND NOT &Member=3', 4300);
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`)
  VALUES ('UndoConnector', '&Connector=3 AND NOT !Connector=3 AND NOT HADCONNECTOR', 4301);
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`)
  VALUES ('InstallConnector', '&Connector=3', 4302);
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`)
  VALUES ('UndoMember', '&Member=3 AND NOT !Member=3 AND NOT HADMEMBER', 4303);
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`)
  VALUES ('InstallMember', '&Member=3', 4304);
UPDATE `InstallExecuteSequence` SET `Sequence` = 4305 WHERE `Action` = 'CreateFolders';
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`)
  VALUES ('WriteExample', '&Connector=3 OR &Member=3', 4306);
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`)
  VALUES ('OpenFirewall', 'NOT Installed', 4307);
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`)
  VALUES ('WriteEnvironmentStrings', '', 5200);
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`)
  VALUES ('StartConnector', '&Connector=3', 5901);
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`)
  VALUES ('StartMember', '&Member=3', 5902);

-- A package of the same version replaces the one that is there: it may have been built anew.
DELETE FROM `Upgrade` WHERE `ActionProperty` = 'WIX_UPGRADE_DETECTED';
INSERT INTO `Upgrade` (`UpgradeCode`, `VersionMax`, `Attributes`, `ActionProperty`)
  VALUES ('{2EEA203A-B4C2-4AFC-A9D8-C30B0CFEB754}', '@VERSION@', 513, 'WIX_UPGRADE_DETECTED');
UPDATE `Property` SET `Value` = 'PURGE;WIX_DOWNGRADE_DETECTED;WIX_UPGRADE_DETECTED'
  WHERE `Property` = 'SecureCustomProperties';

-- The program is for machines of 64 bits, and so are its keys.
UPDATE `RegLocator` SET `Type` = 18 WHERE `Key` = 'SOFTWARE\Komainu';
CREATE TABLE `Condition` (`Feature_` CHAR(38) NOT NULL, `Level` INT NOT NULL, `Condition` CHAR(255)
  PRIMARY KEY `Feature_`, `Level`);
INSERT INTO `Condition` (`Feature_`, `Level`, `Condition`) VALUES ('Member', 1, 'HADMEMBER');
INSERT INTO `Condition` (`Feature_`, `Level`, `Condition`)
  VALUES ('Connector', 100, 'HADMEMBER AND NOT HADCONNECTOR');

-- The alert command has the name that hardware managers know; it is the program once more.
CREATE TABLE `DuplicateFile` (`FileKey` CHAR(72) NOT NULL, `Component_` CHAR(72) NOT NULL,
  `File_` CHAR(72) NOT NULL, `DestName` CHAR(255) LOCALIZABLE, `DestFolder` CHAR(72)
  PRIMARY KEY `FileKey`);
INSERT INTO `DuplicateFile` (`FileKey`, `Component_`, `File_`, `DestName`, `DestFolder`)
  VALUES ('AlertCommand', 'Program', 'komainu.exe', 'PowerOffAlertTransfer.exe', 'CMDFOLDER');

-- `komainu` in every console.
CREATE TABLE `Environment` (`Environment` CHAR(72) NOT NULL, `Name` CHAR(255) NOT NULL LOCALIZABLE,
  `Value` CHAR(255) LOCALIZABLE, `Component_` CHAR(72) NOT NULL PRIMARY KEY `Environment`);
INSERT INTO `Environment` (`Environment`, `Name`, `Value`, `Component_`)
  VALUES ('Path', '=-*PATH', '[~];[BINFOLDER]', 'Program');

-- Folders without a file of their own go as well, when nothing is left in them.
INSERT INTO `CreateFolder` (`Directory_`, `Component_`) VALUES ('CMDFOLDER', 'Program');
INSERT INTO `CreateFolder` (`Directory_`, `Component_`) VALUES ('PROGRAMFOLDER', 'Program');
-- The example is ours, whatever became of it.
INSERT INTO `RemoveFile` (`FileKey`, `Component_`, `FileName`, `DirProperty`, `InstallMode`)
  VALUES ('Example', 'Settings', 'KOMAIN~1.TOM|komainu.example.toml', 'SETTINGSFOLDER', 2);

-- What Windows says while it works.
CREATE TABLE `ActionText` (`Action` CHAR(72) NOT NULL, `Description` CHAR(0) LOCALIZABLE,
  `Template` CHAR(0) LOCALIZABLE PRIMARY KEY `Action`);
INSERT INTO `ActionText` (`Action`, `Description`, `Template`)
  VALUES ('RemoveExistingProducts', 'Removing the version that is installed', '[1]');
INSERT INTO `ActionText` (`Action`, `Description`)
  VALUES ('RemoveConnector', 'Stopping the connector: it closes its sessions with the BMCs');
INSERT INTO `ActionText` (`Action`, `Description`)
  VALUES ('RemoveMember', 'Stopping the member: it stops its services, which may take minutes');
INSERT INTO `ActionText` (`Action`, `Description`)
  VALUES ('StopConnector', 'Stopping the connector: it closes its sessions with the BMCs');
INSERT INTO `ActionText` (`Action`, `Description`)
  VALUES ('StopMember', 'Stopping the member: it stops its services, which may take minutes');
INSERT INTO `ActionText` (`Action`, `Description`)
  VALUES ('CloseFirewall', 'Closing the firewall');
INSERT INTO `ActionText` (`Action`, `Description`)
  VALUES ('Purge', 'Removing settings, keys and records');
INSERT INTO `ActionText` (`Action`, `Description`, `Template`)
  VALUES ('InstallFiles', 'Copying files', '[1] to [9], [6] bytes');
INSERT INTO `ActionText` (`Action`, `Description`, `Template`)
  VALUES ('RemoveFiles', 'Removing files', '[1] from [9]');
INSERT INTO `ActionText` (`Action`, `Description`)
  VALUES ('InstallConnector', 'Installing the connector, its recovery and its event source');
INSERT INTO `ActionText` (`Action`, `Description`)
  VALUES ('InstallMember', 'Installing the member, its recovery and its event source');
INSERT INTO `ActionText` (`Action`, `Description`)
  VALUES ('WriteExample', 'Writing an example of settings, unless there are settings');
INSERT INTO `ActionText` (`Action`, `Description`)
  VALUES ('OpenFirewall', 'Opening the firewall for the program');
INSERT INTO `ActionText` (`Action`, `Description`)
  VALUES ('CreateShortcuts', 'Making the entry in the start menu');
INSERT INTO `ActionText` (`Action`, `Description`)
  VALUES ('StartConnector', 'Starting the connector, if there are settings');
INSERT INTO `ActionText` (`Action`, `Description`)
  VALUES ('StartMember', 'Starting the member, if there are settings');
