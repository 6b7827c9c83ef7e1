; SPDX-License-Identifier: MIT
; The setup program. Made by `python -m tools.bundle.wrap`, which says:
;   VERSION (1.2.3), NUMBERS (1.2.3.0), BUNDLE (folder), ICON (file), OUT (file), KILOBYTES (of the bundle)
;
; setup.exe /S                  silent, for software distribution
;   /AllUsers | /CurrentUser    for the computer (needs an administrator; the default for one) or for this user
;   /LOGON                      starts the program at logon, in the notification area
;   /D=FOLDER                   another folder; the last argument, without quotation marks
; uninstall.exe /S              keeps settings, history and audit trail
;   /PURGE                      removes those of the present user too
;   /FORCE                      goes on although elevations are open, which nothing of ours ends then
; Exit code 0: done; 1: stopped by the person; 2: could not be finished, run it again; 5: the program runs and could not be
; ended, nothing was changed; 6: elevations are open, or nobody knows, nothing was removed; 7: needs an administrator; 8: the
; folder is somebody else's, nothing was changed.

Target amd64-unicode
Unicode true
; The two executables hold the same library: a dictionary this large has it once.
SetCompressor /SOLID lzma
SetCompressorDictSize 16
SetDatablockOptimize on
ManifestDPIAware true
ManifestSupportedOS Win10
CRCCheck force

!define NAME "JIT Desktop"
!define PROGRAM "JIT Desktop.exe"
!define COMMANDS "jit-desktop.exe"
!define KEY "Software\JIT Desktop"
!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\JIT Desktop"
!define RUN_KEY "Software\Microsoft\Windows\CurrentVersion\Run"
; The Task Manager's page of start-up programs switches them off here.
!define APPROVED_KEY "Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
!define UNFINISHED 2
!define IN_USE 5
!define ELEVATIONS_OPEN 6
!define NOT_ADMINISTRATOR 7
!define NOT_OURS 8

!define MULTIUSER_EXECUTIONLEVEL Highest
!define MULTIUSER_MUI
!define MULTIUSER_INSTALLMODE_COMMANDLINE
!define MULTIUSER_USE_PROGRAMFILES64
!define MULTIUSER_INSTALLMODE_INSTDIR "${NAME}"
!define MULTIUSER_INSTALLMODE_INSTDIR_REGISTRY_KEY "${KEY}"
!define MULTIUSER_INSTALLMODE_INSTDIR_REGISTRY_VALUENAME "Folder"
!define MULTIUSER_INSTALLMODE_DEFAULT_REGISTRY_KEY "${KEY}"
!define MULTIUSER_INSTALLMODE_DEFAULT_REGISTRY_VALUENAME "Folder"
!define MULTIUSER_INSTALLMODE_FUNCTION PlaceForUser

!include MultiUser.nsh
!include MUI2.nsh
!include FileFunc.nsh
!include LogicLib.nsh

Name "${NAME}"
OutFile "${OUT}"
BrandingText "${NAME} ${VERSION}"
VIProductVersion "${NUMBERS}"
VIFileVersion "${NUMBERS}"
VIAddVersionKey /LANG=1033 "ProductName" "${NAME}"
VIAddVersionKey /LANG=1033 "ProductVersion" "${VERSION}"
VIAddVersionKey /LANG=1033 "FileDescription" "${NAME} Setup"
VIAddVersionKey /LANG=1033 "FileVersion" "${VERSION}"
VIAddVersionKey /LANG=1033 "CompanyName" "JIT Desktop contributors"
VIAddVersionKey /LANG=1033 "LegalCopyright" "MIT licence"

AllowSkipFiles off

Var Answer
Var Handle
Var Tries
Var Given
Var Session
Var Here
Var Outcome
Var InUse

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
; 164 by 314 pixels; the program's icon on the darker of its two colours.
!define MUI_WELCOMEFINISHPAGE_BITMAP "wizard.bmp"
!define MUI_ABORTWARNING
!define MUI_COMPONENTSPAGE_SMALLDESC
!define MUI_FINISHPAGE_RUN
!define MUI_FINISHPAGE_RUN_TEXT "Open ${NAME}"
!define MUI_FINISHPAGE_RUN_FUNCTION OpenAsUser
!define MUI_UNCONFIRMPAGE_TEXT_TOP "Elevations that are open now are ended after this only by Active Directory itself, or by another copy of the program. Check them in first if neither is certain."

!insertmacro MUI_PAGE_LICENSE "${BUNDLE}\_internal\LICENSE"
!insertmacro MULTIUSER_PAGE_INSTALLMODE
!insertmacro MUI_PAGE_COMPONENTS
!define MUI_PAGE_CUSTOMFUNCTION_LEAVE RefuseForeignFolder
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_COMPONENTS
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

; Of its own accord the place for one user would be the folder in which the program keeps its data.
Function PlaceForUser
  ${If} $MultiUser.InstallMode == "CurrentUser"
    ReadRegStr $Answer HKCU "${KEY}" "Folder"
    ${If} $Answer == ""
      StrCpy $INSTDIR "$LOCALAPPDATA\Programs\${NAME}"
    ${EndIf}
  ${EndIf}
FunctionEnd

; Ends without having done it: the exit code, and what the person reads.
!macro GIVE_UP UN CODE TEXT
  Call ${UN}StartAgain
  SetErrorLevel ${CODE}
  Abort "${TEXT}"
!macroend

; Has what runs from the folder end: Windows' Restart Manager asks programs to close as at a sign-out, which JIT Desktop
; does in order, with what it is writing finished. Commands are not asked: they would be interrupted in the middle, and a
; sweep that goes on as a service would be ended by Ctrl+C and never come back. What goes on running stops us, before anything
; is changed. When we are done, or have given up, the Restart Manager starts again what it closed.
!macro END_PROGRAMS UN
Function ${UN}AskToEnd
  ${If} $Session != ""
    Return
  ${EndIf}
  System::Call 'rstrtmgr::RmStartSession(*i .r1, i 0, w .r2) i .r0'
  ${If} $0 == 0
    StrCpy $Session $1
    System::Call '*(w "$INSTDIR\${PROGRAM}") p .r3'
    System::Call 'rstrtmgr::RmRegisterResources(i r1, i 1, p r3, i 0, p 0, i 0, p 0) i .r0'
    ${If} $0 == 0
      System::Call 'rstrtmgr::RmShutdown(i r1, i 0, p 0) i .r0'
    ${EndIf}
    System::Free $3
  ${EndIf}
FunctionEnd

Function ${UN}StartAgain
  ${If} $Session != ""
    StrCpy $1 $Session
    System::Call 'rstrtmgr::RmRestart(i r1, i 0, p 0) i .r0'
    System::Call 'rstrtmgr::RmEndSession(i r1)'
    StrCpy $Session ""
  ${EndIf}
FunctionEnd

; $Answer: "" where nothing runs, else the file that is in use.
Function ${UN}WhatRuns
  StrCpy $Answer ""
  ${If} ${FileExists} "$INSTDIR\${PROGRAM}"
    ClearErrors
    FileOpen $Handle "$INSTDIR\${PROGRAM}" a
    ${If} ${Errors}
      StrCpy $Answer "${PROGRAM}"
    ${Else}
      FileClose $Handle
    ${EndIf}
  ${EndIf}
  ${If} ${FileExists} "$INSTDIR\${COMMANDS}"
    ClearErrors
    FileOpen $Handle "$INSTDIR\${COMMANDS}" a
    ${If} ${Errors}
      StrCpy $Answer "${COMMANDS}"
    ${Else}
      FileClose $Handle
    ${EndIf}
  ${EndIf}
FunctionEnd

Function ${UN}EndPrograms
  again:
  Call ${UN}WhatRuns
  ${If} $Answer == ""
    Return
  ${EndIf}
  DetailPrint "Waiting for $Answer to end"
  Call ${UN}AskToEnd
  StrCpy $Tries 0
  ${Do}
    Sleep 500
    Call ${UN}WhatRuns
    ${If} $Answer == ""
      Return
    ${EndIf}
    IntOp $Tries $Tries + 1
  ${LoopUntil} $Tries >= 20
  MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "$Answer is running. Quit ${NAME} from its icon in the notification area, then try again." /SD IDCANCEL IDRETRY again
  !insertmacro GIVE_UP "${UN}" $InUse "$Answer is running; $Outcome."
FunctionEnd
!macroend
!insertmacro END_PROGRAMS ""
!insertmacro END_PROGRAMS "un."

; What setup put there, and nothing else. The executables go first and come last: a scheduled sweep finds all of the program,
; or none of it. The first to go is the one that the Task Scheduler starts.
!macro REMOVE_PROGRAM UN
  ClearErrors
  Delete "$INSTDIR\${PROGRAM}"
  ${If} ${Errors}
    !insertmacro GIVE_UP "${UN}" $InUse "${NAME} has been started meanwhile; $Outcome."
  ${EndIf}
  Delete "$INSTDIR\${COMMANDS}"
  ${If} ${FileExists} "$INSTDIR\_internal\*.*"
    RMDir /r "$INSTDIR\_internal"
  ${EndIf}
  Delete "$INSTDIR\libcrypto-*.dll"
  Delete "$INSTDIR\libssl-*.dll"
  ${If} ${Errors}
    !insertmacro GIVE_UP "${UN}" ${UNFINISHED} "Not all files of ${NAME} could be removed; run this again."
  ${EndIf}
!macroend

; $Answer: "yes" where what lies in the folder is ours: by its name, by a program of ours in it, or because a setup that did
; not come to its end began there.
Function LookWhoseFolder
  StrCpy $Answer "yes"
  ${GetFileName} "$INSTDIR" $0
  ReadRegStr $1 SHCTX "${KEY}" "Folder"
  ${If} $0 == "${NAME}"
  ${OrIf} $1 == "$INSTDIR"
  ${OrIf} ${FileExists} "$INSTDIR\${PROGRAM}"
  ${OrIf} ${FileExists} "$INSTDIR\${COMMANDS}"
    Return
  ${EndIf}
  ClearErrors
  FindFirst $0 $1 "$INSTDIR\*.*"
  ${DoUntil} ${Errors}
    ${If} $1 != "."
    ${AndIf} $1 != ".."
    ${AndIf} $1 != "uninstall.exe" ; which stays where it runs in its own folder (_?=)
      StrCpy $Answer "no"
    ${EndIf}
    FindNext $0 $1
  ${Loop}
  FindClose $0
FunctionEnd

; An upgrade takes whole folders away: among the files of another program it would take those.
Function RefuseForeignFolder
  Call LookWhoseFolder
  ${If} $Answer == "no"
    MessageBox MB_ICONEXCLAMATION "There are other files in $INSTDIR. Choose an empty folder, or one called ${NAME}." /SD IDOK
    SetErrorLevel ${NOT_OURS}
    Abort
  ${EndIf}
FunctionEnd

Section "${NAME}" SectionProgram
  SectionIn RO
  Call RefuseForeignFolder ; without its page nobody has looked yet
  SetErrorLevel ${UNFINISHED} ; until it is done: what NSIS stops for by itself is no success either
  Call EndPrograms
  !insertmacro REMOVE_PROGRAM ""
  WriteRegStr SHCTX "${KEY}" "Folder" "$INSTDIR"
  DeleteRegValue SHCTX "${KEY}" "Removing"
  ; A file that can't be written ends setup.
  SetOutPath "$INSTDIR"
  File /r /x *.exe "${BUNDLE}\*"
  File "${BUNDLE}\${COMMANDS}"
  File "${BUNDLE}\${PROGRAM}"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortcut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\${PROGRAM}" "" "$INSTDIR\${PROGRAM}" 0 SW_SHOWNORMAL "" "Lends Active Directory rights for a limited time"

  WriteRegStr SHCTX "${UNINSTALL_KEY}" "DisplayName" "${NAME}"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\${PROGRAM}"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "Publisher" "JIT Desktop contributors"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\uninstall.exe" /$MultiUser.InstallMode'
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /$MultiUser.InstallMode /S'
  WriteRegDWORD SHCTX "${UNINSTALL_KEY}" "EstimatedSize" ${KILOBYTES}
  WriteRegDWORD SHCTX "${UNINSTALL_KEY}" "NoModify" 1
  WriteRegDWORD SHCTX "${UNINSTALL_KEY}" "NoRepair" 1
  Call StartAgain
  SetErrorLevel 0
SectionEnd

Section /o "Start when signing in" SectionLogon
  WriteRegStr SHCTX "${RUN_KEY}" "${NAME}" '"$INSTDIR\${PROGRAM}" --background'
SectionEnd

!insertmacro MUI_FUNCTION_DESCRIPTION_BEGIN
  !insertmacro MUI_DESCRIPTION_TEXT ${SectionProgram} "The program, its commands and its Start menu entry."
  !insertmacro MUI_DESCRIPTION_TEXT ${SectionLogon} "Starts in the notification area at every logon, so that elevations end on time."
!insertmacro MUI_FUNCTION_DESCRIPTION_END

; Without an administrator the next step would show a box, in a silent setup too, and wait for ever.
!macro REQUIRE_ADMINISTRATOR
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/AllUsers" $1
  ${IfNot} ${Errors}
  ${AndIf} ${Silent}
    UserInfo::GetAccountType
    Pop $1
    ${If} $1 != "Admin"
      SetErrorLevel ${NOT_ADMINISTRATOR}
      Quit
    ${EndIf}
  ${EndIf}
!macroend

Function .onInstFailed
  Call StartAgain
FunctionEnd

Function .onInit
  StrCpy $Outcome "nothing was changed"
  StrCpy $InUse ${IN_USE}
  StrCpy $Given $INSTDIR ; empty, unless /D says one
  !insertmacro REQUIRE_ADMINISTRATOR
  !insertmacro MULTIUSER_INIT
  ${If} $Given != ""
    StrCpy $INSTDIR $Given
  ${EndIf}
  ${IfNot} ${AtLeastWin10}
    MessageBox MB_ICONSTOP "${NAME} needs Windows 10, Windows Server 2016 or later." /SD IDOK
    SetErrorLevel 1
    Quit
  ${EndIf}
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/LOGON" $1
  ${IfNot} ${Errors}
    SectionSetFlags ${SectionLogon} ${SF_SELECTED}
  ${EndIf}
FunctionEnd

; Not as the administrator that setup may be: as whoever is signed in.
Function OpenAsUser
  Exec '"$WINDIR\explorer.exe" "$INSTDIR\${PROGRAM}"'
FunctionEnd

; Stops while elevations of the present user are open that nobody would end, and where it can't be told. Who has no
; database here has none, and gets none by our looking.
Function un.StopForElevations
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/FORCE" $1
  ${IfNot} ${Errors}
    Return
  ${EndIf}
  SetShellVarContext current
  StrCpy $1 "$LOCALAPPDATA\${NAME}\jit-desktop.db"
  ${If} $MultiUser.InstallMode == "AllUsers"
    SetShellVarContext all
  ${EndIf}
  ${IfNot} ${FileExists} "$1"
    Return
  ${EndIf}
  ; A removal that was begun, and had looked then, is gone on with.
  ReadRegStr $0 SHCTX "${KEY}" "Removing"
  ${If} $0 == "$INSTDIR"
  ${AndIfNot} ${FileExists} "$INSTDIR\${COMMANDS}"
    Return
  ${EndIf}
  nsExec::Exec '"$INSTDIR\${COMMANDS}" list --none-open'
  Pop $0
  ${If} $0 == 0
    Return
  ${EndIf}
  StrCpy $1 "Elevations are open"
  ${If} $0 != 3
    StrCpy $1 "It could not be found out whether elevations are open ($0)"
  ${EndIf}
  MessageBox MB_YESNO|MB_ICONEXCLAMATION|MB_DEFBUTTON2 "$1, and nothing of this program would end them any more. Remove it all the same?" /SD IDNO IDYES goOn
  !insertmacro GIVE_UP "un." ${ELEVATIONS_OPEN} "$1; nothing was removed."
  goOn:
FunctionEnd

; What would be left behind: the scheduled sweeps of this program, whatever data folder they are for. They go when nothing
; else can stop us; one that began meanwhile is waited for.
Section "-un.LookFirst"
  Call un.StopForElevations
  Call un.EndPrograms
  ${If} ${FileExists} "$INSTDIR\${COMMANDS}"
    nsExec::Exec '"$INSTDIR\${COMMANDS}" schedule remove --all'
    Pop $0
    ${If} $0 != 0
      DetailPrint "A scheduled sweep could not be removed ($0); see the Task Scheduler."
    ${EndIf}
  ${EndIf}
  WriteRegStr SHCTX "${KEY}" "Removing" "$INSTDIR"
  StrCpy $Outcome "removing it has begun and is not finished: run this again"
  StrCpy $InUse ${UNFINISHED}
  Call un.EndPrograms
SectionEnd

; Before the program goes, which knows where its passwords are. Of the present user, also if setup was for the computer.
Section /o "un.Settings, history and passwords" UnSectionData
  nsExec::Exec '"$INSTDIR\${COMMANDS}" settings forget-passwords'
  Pop $0
  ${If} $0 != 0
    DetailPrint "Passwords could not be removed ($0); see the Credential Manager."
  ${EndIf}
  StrCpy $1 $MultiUser.InstallMode
  SetShellVarContext current
  RMDir /r "$LOCALAPPDATA\${NAME}"
  ; The copies of the settings of each data folder.
  RMDir /r "$LOCALAPPDATA\${NAME} Copies"
  ${If} $1 == "AllUsers"
    SetShellVarContext all
  ${EndIf}
SectionEnd

Section "un.${NAME}" UnSectionProgram
  SectionIn RO
  !insertmacro REMOVE_PROGRAM "un."
  DeleteRegValue SHCTX "${KEY}" "Removing"
  DeleteRegKey /ifempty SHCTX "${KEY}"
  ReadRegStr $0 SHCTX "${KEY}" "Folder"
  ${If} $0 == "$INSTDIR" ; else these are of a copy that lies elsewhere
    Delete "$SMPROGRAMS\${NAME}.lnk"
    DeleteRegKey SHCTX "${UNINSTALL_KEY}"
    DeleteRegKey SHCTX "${KEY}"
    DeleteRegValue SHCTX "${RUN_KEY}" "${NAME}"
  ${EndIf}
  Call un.ForgetLogonStarts
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
SectionEnd

; What the settings of the program wrote for the present user: a value for each data folder, all of which start this copy.
Function un.ForgetLogonStarts
  StrCpy $0 0
  ${Do}
    EnumRegValue $1 HKCU "${RUN_KEY}" $0
    ${If} $1 == ""
      ${ExitDo}
    ${EndIf}
    ReadRegStr $2 HKCU "${RUN_KEY}" $1
    StrLen $3 '"$INSTDIR\${PROGRAM}"'
    StrCpy $2 $2 $3
    ${If} $2 == '"$INSTDIR\${PROGRAM}"'
      DeleteRegValue HKCU "${RUN_KEY}" $1
      DeleteRegValue HKCU "${APPROVED_KEY}" $1
    ${Else}
      IntOp $0 $0 + 1
    ${EndIf}
  ${Loop}
FunctionEnd

!insertmacro MUI_UNFUNCTION_DESCRIPTION_BEGIN
  !insertmacro MUI_DESCRIPTION_TEXT ${UnSectionProgram} "The program, its Start menu entry and its scheduled sweeps."
  !insertmacro MUI_DESCRIPTION_TEXT ${UnSectionData} "All that the program keeps of you on this computer, the audit trail too. It can't be brought back."
!insertmacro MUI_UNFUNCTION_DESCRIPTION_END

; What is removed is what lies here: not the copy of the present user, nor that of the computer, which the registry names,
; and whatever mode was said.
!macro REMOVE_WHAT_IS_HERE
  ReadRegStr $1 HKCU "${KEY}" "Folder"
  ReadRegStr $2 HKLM "${KEY}" "Folder"
  ${If} $1 == $Here
  ${AndIf} $2 != $Here
    Call un.MultiUser.InstallMode.CurrentUser
  ${ElseIf} $2 == $Here
  ${AndIf} $1 != $Here
    Call un.MultiUser.InstallMode.AllUsers
    ${If} $MultiUser.InstallMode != "AllUsers"
      MessageBox MB_ICONSTOP "${NAME} is installed for all who use this computer: removing it needs an administrator." /SD IDOK
      SetErrorLevel ${NOT_ADMINISTRATOR}
      Quit
    ${EndIf}
  ${EndIf}
  StrCpy $INSTDIR $Here
!macroend

Function un.onUninstFailed
  Call un.StartAgain
FunctionEnd

Function un.onInit
  StrCpy $Outcome "nothing was changed"
  StrCpy $InUse ${IN_USE}
  StrCpy $Here $INSTDIR
  !insertmacro REQUIRE_ADMINISTRATOR
  !insertmacro MULTIUSER_UNINIT
  !insertmacro REMOVE_WHAT_IS_HERE
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/PURGE" $1
  ${IfNot} ${Errors}
    SectionSetFlags ${UnSectionData} ${SF_SELECTED}
  ${EndIf}
FunctionEnd
