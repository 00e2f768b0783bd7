@echo off
rem Starts the lora command line; builds it when there is no build. Delete lora-examples\target to build anew.
rem   LORA_JAVA_OPTS  extra JVM options
rem   LORA_VECTOR     off: run without the Vector API
rem   JAVA_HOME       the JDK to use; otherwise the java on the PATH
setlocal
set "HOME_DIR=%~dp0"
set "JAR=%HOME_DIR%lora-examples\target\lora.jar"

set "JAVA=java"
if defined JAVA_HOME set "JAVA=%JAVA_HOME%\bin\java"

if exist "%JAR%" goto run
echo lora: building (the first build downloads its libraries and takes some minutes) 1>&2
call mvn -B -q -ntp -f "%HOME_DIR%pom.xml" -pl lora-examples -am package -Dmaven.test.skip=true -Dmaven.javadoc.skip=true -Dmaven.source.skip=true -Dspotless.check.skip=true -Denforcer.skip=true 1>&2
if errorlevel 1 (
  echo lora: the build failed 1>&2
  exit /b 1
)

:run
set "HEAP="
if /i "%1"=="train" set "HEAP=-XX:+UseSerialGC -Xms16m -Xmn16m -XX:MinHeapFreeRatio=5 -XX:MaxHeapFreeRatio=10 -XX:-ShrinkHeapInSteps"
set "VECTOR=--add-modules jdk.incubator.vector"
if /i "%LORA_VECTOR%"=="off" set "VECTOR="
"%JAVA%" -XX:+DisplayVMOutputToStderr -Xlog:disable -Djava.awt.headless=true --enable-native-access=ALL-UNNAMED %VECTOR% %HEAP% %LORA_JAVA_OPTS% -cp "%JAR%" io.github.lora4j.cli.Main %*
exit /b %ERRORLEVEL%
